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
    variables: required({ resetUrl: 'string', minutes: 'number' }),
    texts: {
      en: {
        title: 'Reset your password',
        body: 'Choose a new one here: {{resetUrl}} (valid for {{formatNumber minutes}} minutes). If you did not ask for it, do nothing.',
        emailHtml:
          '<p>Hello {{userName}},</p><p><a href="{{resetUrl}}">choose a new password</a>. The link is valid for {{formatNumber minutes}} minutes. If you did not ask for it, do nothing.</p>',
      },
      'zh-CN': {
        title: '重置密码',
        body: '请点击链接设置新密码：{{resetUrl}}（{{formatNumber minutes}} 分钟内有效）。如非本人操作，请忽略。',
        emailHtml:
          '<p>{{userName}}，您好：</p><p><a href="{{resetUrl}}">设置新密码</a>，链接 {{formatNumber minutes}} 分钟内有效。如非本人操作，请忽略。</p>',
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
  {
    code: 'user.two_factor_disabled',
    name: 'Two-factor log-in disabled',
    variables: required({ at: 'date' }),
    texts: {
      en: {
        title: 'Two-factor log-in is off',
        body: 'Since {{formatDate at}} your password alone logs in. If it was not you, contact us at once.',
      },
      'zh-CN': {
        title: '已关闭两步验证',
        body: '自{{formatDate at}}起，仅凭密码即可登录。如非本人操作，请立即联系我们。',
      },
    },
  },
];
