import { type FirstTemplate, required } from './first-template.ts';

const person = { userId: 'string' } as const;
const money = { amount: 'number', currency: 'string' } as const;

/** For whoever runs the platform. */
export const staffTemplates: readonly FirstTemplate[] = [
  {
    code: 'staff.payment_failed',
    name: 'Staff: payment failed',
    variables: required({ ...money, ...person, reason: 'string' }),
    texts: {
      en: {
        title: 'A payment of {{formatCurrency amount currency}} failed',
        body: 'Person {{userId}}: {{reason}}.',
      },
      'zh-CN': {
        title: '付款 {{formatCurrency amount currency}} 失败',
        body: '用户 {{userId}}：{{reason}}。',
      },
    },
  },
  {
    code: 'staff.low_balance',
    name: 'Staff: low balance',
    variables: required({ ...money, ...person }),
    texts: {
      en: {
        title: 'A balance is low',
        body: 'Person {{userId}} has {{formatCurrency amount currency}} left.',
      },
      'zh-CN': {
        title: '用户余额不足',
        body: '用户 {{userId}} 余额为 {{formatCurrency amount currency}}。',
      },
    },
  },
  {
    code: 'staff.pool_low',
    name: 'Staff: pool nearly full',
    variables: required({ free: 'number', capacity: 'number' }),
    texts: {
      en: {
        title: 'The pool is nearly full',
        body: '{{formatNumber free}} of {{formatNumber capacity}} places are free.',
      },
      'zh-CN': {
        title: '资源池容量不足',
        body: '剩余 {{formatNumber free}} / {{formatNumber capacity}}。',
      },
    },
  },
  {
    code: 'staff.delivery_failures',
    name: 'Staff: many refused addresses',
    variables: required({ channel: 'string', count: 'number', since: 'date' }),
    texts: {
      en: {
        title: 'Many addresses are refused',
        body: '{{formatNumber count}} by {{channel}} since {{formatDate since}}. Look at the suppression list.',
      },
      'zh-CN': {
        title: '大量地址被拒收',
        body: '自{{formatDate since}}起，{{channel}} 有 {{formatNumber count}} 个地址被拒收，请查看屏蔽列表。',
      },
    },
  },
];
