import { type FirstTemplate, required } from './first-template.ts';

export const userTemplates: readonly FirstTemplate[] = [
  {
    code: 'user.registered',
    name: 'Welcome',
    variables: [],
    texts: {
      en: {
        title: 'Welcome to CloudPhone',
        body: 'Hello {{userName}}, your account is ready. Your first phone is a few clicks away.',
      },
      'zh-CN': {
        title: '欢迎使用云手机',
        body: '{{userName}}，您好！您的账号已开通，现在就可以创建第一台云手机。',
      },
    },
  },
  {
    code: 'user.login_failed',
    name: 'Failed log-in',
    variables: required({ at: 'date', attempts: 'number' }),
    texts: {
      en: {
        title: 'Somebody could not log in as you',
        body: '{{formatNumber attempts}} failed attempts, the last on {{formatDate at}}. If it was not you, change your password.',
      },
      'zh-CN': {
        title: '您的账号登录失败',
        body: '共 {{formatNumber attempts}} 次失败，最近一次在{{formatDate at}}。如非本人操作，请修改密码。',
      },
    },
  },
  {
    code: 'user.password_reset',
    name: 'Password reset',
    variables: required({ code: 'string', minutes: 'number' }),
    texts: {
      en: {
        title: 'Reset your password',
        body: 'Your code is {{code}}. It is valid for {{formatNumber minutes}} minutes. Nobody of us will ask you for it.',
        smsText: 'CloudPhone code {{code}}, valid {{formatNumber minutes}} min.',
      },
      'zh-CN': {
        title: '重置密码',
        body: '您的验证码为 {{code}}，{{formatNumber minutes}} 分钟内有效。工作人员不会向您索要验证码。',
        smsText: '【云手机】验证码 {{code}}，{{formatNumber minutes}} 分钟内有效。',
      },
    },
  },
  {
    code: 'user.password_changed',
    name: 'Password changed',
    variables: required({ at: 'date' }),
    texts: {
      en: {
        title: 'Your password was changed',
        body: 'It was changed on {{formatDate at}}, and every other log-in was closed. If it was not you, contact us at once.',
      },
      'zh-CN': {
        title: '密码已修改',
        body: '您的密码已于{{formatDate at}}修改，其他登录均已退出。如非本人操作，请立即联系我们。',
      },
    },
  },
  {
    code: 'user.two_factor_enabled',
    name: 'Two-factor log-in enabled',
    variables: required({ at: 'date' }),
    texts: {
      en: {
        title: 'Two-factor log-in is on',
        body: 'Since {{formatDate at}} your log-in asks for a second factor. Keep your recovery codes in a safe place.',
      },
      'zh-CN': {
        title: '已启用两步验证',
        body: '自{{formatDate at}}起，登录需要第二重验证。请妥善保管恢复代码。',
      },
    },
  },
];
