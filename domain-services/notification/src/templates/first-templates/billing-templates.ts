import { type FirstTemplate, required } from './first-template.ts';

const money = { amount: 'number', currency: 'string' } as const;

export const billingTemplates: readonly FirstTemplate[] = [
  {
    code: 'billing.payment_success',
    name: 'Payment received',
    variables: required({ ...money, orderNumber: 'string' }),
    texts: {
      en: {
        title: 'We received {{formatCurrency amount currency}}',
        body: 'Thank you. The payment for order {{orderNumber}} arrived.',
      },
      'zh-CN': {
        title: '已收到付款 {{formatCurrency amount currency}}',
        body: '感谢您！订单 {{orderNumber}} 的付款已到账。',
      },
    },
  },
  {
    code: 'billing.payment_failed',
    name: 'Payment failed',
    variables: required({ ...money, orderNumber: 'string', reason: 'string' }),
    texts: {
      en: {
        title: 'A payment of {{formatCurrency amount currency}} failed',
        body: 'Order {{orderNumber}} is not paid: {{reason}}. Please try another way to pay.',
      },
      'zh-CN': {
        title: '付款 {{formatCurrency amount currency}} 失败',
        body: '订单 {{orderNumber}} 未支付：{{reason}}。请更换支付方式后重试。',
      },
    },
  },
  {
    code: 'billing.low_balance',
    name: 'Low balance',
    variables: [...required(money), { name: 'severity', type: 'string', isRequired: false }],
    texts: {
      en: {
        title: 'Your balance is low',
        body: '{{formatCurrency amount currency}} are left. {{#ifEquals severity "critical"}}Your phones will stop today.{{else}}Top up to keep your phones running.{{/ifEquals}}',
      },
      'zh-CN': {
        title: '余额不足',
        body: '您的余额为 {{formatCurrency amount currency}}。{{#ifEquals severity "critical"}}云手机将于今日停止。{{else}}请及时充值，以免云手机停止运行。{{/ifEquals}}',
      },
    },
  },
  {
    code: 'billing.invoice_generated',
    name: 'New invoice',
    variables: required({ ...money, invoiceNumber: 'string', dueAt: 'date' }),
    texts: {
      en: {
        title: 'Invoice {{invoiceNumber}}',
        body: '{{formatCurrency amount currency}}, due on {{formatDate dueAt "date"}}.',
        emailHtml:
          '<p>Hello {{userName}},</p><p>invoice <b>{{invoiceNumber}}</b> over {{formatCurrency amount currency}} is due on {{formatDate dueAt "date"}}.</p>',
      },
      'zh-CN': {
        title: '账单 {{invoiceNumber}}',
        body: '金额 {{formatCurrency amount currency}}，请于{{formatDate dueAt "date"}}前支付。',
        emailHtml:
          '<p>{{userName}}，您好：</p><p>账单 <b>{{invoiceNumber}}</b>，金额 {{formatCurrency amount currency}}，请于{{formatDate dueAt "date"}}前支付。</p>',
      },
    },
  },
];
