import { type FirstTemplate, required } from './first-template.ts';

const use = required({ used: 'number', limit: 'number' });

export const quotaTemplates: readonly FirstTemplate[] = [
  {
    code: 'quota.alert',
    name: 'Quota nearly used',
    variables: use,
    texts: {
      en: {
        title: 'Your quota is nearly used',
        body: '{{formatNumber used}} of {{formatNumber limit}} phones are in use.',
      },
      'zh-CN': {
        title: '配额即将用尽',
        body: '已使用 {{formatNumber used}} / {{formatNumber limit}} 台云手机。',
      },
    },
  },
  {
    code: 'quota.exceeded',
    name: 'Quota used up',
    variables: use,
    texts: {
      en: {
        title: 'Your quota is used up',
        body: 'All {{formatNumber limit}} phones are in use. Ask for more, or give one back, before you rent another.',
      },
      'zh-CN': {
        title: '配额已用尽',
        body: '{{formatNumber limit}} 台云手机已全部使用。如需继续购买，请先申请扩容或释放云手机。',
      },
    },
  },
  {
    code: 'order.refunded',
    name: 'Order refunded',
    variables: [
      ...required({ amount: 'number', currency: 'string', orderNumber: 'string' }),
      { name: 'planName', type: 'string', isRequired: false },
    ],
    texts: {
      en: {
        title: '{{formatCurrency amount currency}} are back on your balance',
        body: 'Order {{orderNumber}}{{#if planName}} ({{planName}}){{/if}} was refunded.',
      },
      'zh-CN': {
        title: '{{formatCurrency amount currency}} 已退回余额',
        body: '订单 {{orderNumber}}{{#if planName}}（{{planName}}）{{/if}} 已退款。',
      },
    },
  },
];
