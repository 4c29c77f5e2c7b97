import { type FirstTemplate, required } from './first-template.ts';

const orderNumber = { name: 'orderNumber', type: 'string', isRequired: false } as const;
const money = { amount: 'number', currency: 'string' } as const;

export const billingTemplates: readonly FirstTemplate[] = [
  {
    code: 'billing.payment_success',
    name: 'Payment received',
    variables: [...required(money), orderNumber],
    texts: {
      en: {
        title: 'We received {{formatCurrency amount currency}}',
        body: 'Thank you. {{#if orderNumber}}The payment for order {{orderNumber}} arrived.{{else}}It is on your balance.{{/if}}',
      },
      'zh-CN': {
        title: '已收到付款 {{formatCurrency amount currency}}',
        body: '感谢您！{{#if orderNumber}}订单 {{orderNumber}} 的付款已到账。{{else}}款项已计入余额。{{/if}}',
      },
    },
  },
  {
    code: 'billing.payment_failed',
    name: 'Payment failed',
    variables: [...required({ ...money, reason: 'string' }), orderNumber],
    texts: {
      en: {
        title: 'A payment of {{formatCurrency amount currency}} failed',
        body: '{{#if orderNumber}}Order {{orderNumber}} is not paid: {{/if}}{{#ifEquals reason "balance_too_low"}}your balance does not cover it. Please top up.{{else}}{{reason}}. Please try another way to pay.{{/ifEquals}}',
      },
      'zh-CN': {
        title: '付款 {{formatCurrency amount currency}} 失败',
        body: '{{#if orderNumber}}订单 {{orderNumber}} 未支付：{{/if}}{{#ifEquals reason "balance_too_low"}}余额不足，请先充值。{{else}}{{reason}}。请更换支付方式后重试。{{/ifEquals}}',
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
