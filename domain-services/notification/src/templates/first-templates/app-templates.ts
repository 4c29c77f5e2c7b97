import { type FirstTemplate, required } from './first-template.ts';

const deviceName = { name: 'deviceName', type: 'string', isRequired: false } as const;

export const appTemplates: readonly FirstTemplate[] = [
  {
    code: 'app.installed',
    name: 'App installed',
    variables: [...required({ appName: 'string' }), deviceName],
    texts: {
      en: {
        title: '{{appName}} is installed',
        body: 'It is ready{{#if deviceName}} on {{deviceName}}{{/if}}.',
      },
      'zh-CN': {
        title: '{{appName}} 安装成功',
        body: '{{#if deviceName}}已安装到 {{deviceName}}。{{else}}现在可以使用。{{/if}}',
      },
    },
  },
  {
    code: 'app.install_failed',
    name: 'App could not be installed',
    variables: [...required({ appName: 'string', reason: 'string' }), deviceName],
    texts: {
      en: {
        title: '{{appName}} could not be installed',
        body: '{{#if deviceName}}On {{deviceName}}: {{/if}}{{reason}}. Please try again.',
      },
      'zh-CN': {
        title: '{{appName}} 安装失败',
        body: '{{#if deviceName}}{{deviceName}}：{{/if}}{{reason}}。请重试。',
      },
    },
  },
];
