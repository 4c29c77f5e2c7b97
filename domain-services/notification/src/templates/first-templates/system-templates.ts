import { type FirstTemplate, required } from './first-template.ts';

export const systemTemplates: readonly FirstTemplate[] = [
  {
    code: 'system.maintenance',
    name: 'Maintenance',
    variables: [
      ...required({ startsAt: 'date', endsAt: 'date' }),
      { name: 'message', type: 'string', isRequired: false },
    ],
    texts: {
      en: {
        title: 'Maintenance on {{formatDate startsAt "date"}}',
        body: 'From {{formatDate startsAt}} to {{formatDate endsAt "time"}} phones may restart. Your data stays.',
      },
      'zh-CN': {
        title: '{{formatDate startsAt "date"}}系统维护',
        body: '{{formatDate startsAt}}至{{formatDate endsAt "time"}}期间云手机可能重启，数据不受影响。',
      },
    },
  },
  {
    code: 'system.announcement',
    name: 'Announcement',
    variables: required({ title: 'string', message: 'string' }),
    texts: {
      en: { title: '{{title}}', body: '{{message}}' },
      'zh-CN': { title: '{{title}}', body: '{{message}}' },
    },
  },
];
