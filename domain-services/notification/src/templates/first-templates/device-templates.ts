import { type FirstTemplate, required } from './first-template.ts';

export const deviceTemplates: readonly FirstTemplate[] = [
  {
    code: 'device.created',
    name: 'Phone ready',
    variables: required({ deviceName: 'string' }),
    texts: {
      en: {
        title: '{{deviceName}} is ready',
        body: 'Your phone {{deviceName}} was created. You can start it now.',
      },
      'zh-CN': {
        title: '{{deviceName}} 已就绪',
        body: '您的云手机 {{deviceName}} 已创建，现在可以启动。',
      },
    },
  },
  {
    code: 'device.creation_failed',
    name: 'Phone could not be created',
    variables: required({ deviceName: 'string', reason: 'string' }),
    texts: {
      en: {
        title: '{{deviceName}} could not be created',
        body: 'Reason: {{reason}}. Nothing was charged; please try again.',
      },
      'zh-CN': {
        title: '{{deviceName}} 创建失败',
        body: '原因：{{reason}}。未产生任何费用，请重试。',
      },
    },
  },
  {
    code: 'device.error',
    name: 'Phone in error',
    variables: required({ deviceName: 'string', reason: 'string', at: 'date' }),
    texts: {
      en: {
        title: '{{deviceName}} has a problem',
        body: 'Since {{formatDate at}}: {{reason}}. We are looking at it; restarting it may help.',
      },
      'zh-CN': {
        title: '{{deviceName}} 出现故障',
        body: '自{{formatDate at}}起：{{reason}}。我们正在处理，您也可以尝试重启。',
      },
    },
  },
];
