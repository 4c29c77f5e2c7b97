import { type FirstTemplate, required } from './first-template.ts';

export const appTemplates: readonly FirstTemplate[] = [
  {
    code: 'app.installed',
    name: 'App installed',
    variables: required({ appName: 'string', deviceName: 'string' }),
    texts: {
      en: { title: '{{appName}} is installed', body: 'It is ready on {{deviceName}}.' },
      'zh-CN': { title: '{{appName}} 安装成功', body: '已安装到 {{deviceName}}。' },
    },
  },
  {
    code: 'app.install_failed',
    name: 'App could not be installed',
    variables: required({ appName: 'string', deviceName: 'string', reason: 'string' }),
    texts: {
      en: {
        title: '{{appName}} could not be installed',
        body: 'On {{deviceName}}: {{reason}}. Please try again.',
      },
      'zh-CN': {
        title: '{{appName}} 安装失败',
        body: '{{deviceName}}：{{reason}}。请重试。',
      },
    },
  },
];
