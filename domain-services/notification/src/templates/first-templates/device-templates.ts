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
  {
    code: 'device.expiring_soon',
    name: 'Phone expires soon',
    variables: required({ deviceName: 'string', expiresAt: 'date', days: 'number' }),
    texts: {
      en: {
        title: '{{deviceName}} expires soon',
        body: 'On {{formatDate expiresAt}}, in {{formatNumber days}} day(s). Renew it to keep what is on it.',
        pushText: '{{deviceName}} expires in {{formatNumber days}} day(s).',
      },
      'zh-CN': {
        title: '{{deviceName}} 即将到期',
        body: '将于{{formatDate expiresAt}}到期（还有 {{formatNumber days}} 天）。请及时续费，以免数据丢失。',
        pushText: '{{deviceName}} 还有 {{formatNumber days}} 天到期。',
      },
    },
  },
  {
    code: 'device.expired',
    name: 'Phone expired',
    variables: required({ deviceName: 'string' }),
    texts: {
      en: {
        title: '{{deviceName}} has expired',
        body: 'It was stopped and is no longer yours. You can rent a new one at any time.',
      },
      'zh-CN': {
        title: '{{deviceName}} 已到期',
        body: '该云手机已停止并被回收，您可以随时重新购买。',
      },
    },
  },
  {
    code: 'device.connection_lost',
    name: 'Connection to phone lost',
    variables: required({ deviceName: 'string', at: 'date' }),
    texts: {
      en: {
        title: 'No connection to {{deviceName}}',
        body: 'Since {{formatDate at}} it cannot be reached. It comes back by itself as soon as it can.',
        pushText: '{{deviceName}} cannot be reached.',
      },
      'zh-CN': {
        title: '{{deviceName}} 连接中断',
        body: '自{{formatDate at}}起无法连接，恢复后将自动重连。',
        pushText: '{{deviceName}} 无法连接。',
      },
    },
  },
];
