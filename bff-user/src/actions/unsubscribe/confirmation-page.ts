import type { PreferenceCategory } from '@cloudphone/contracts';
import type { Reply } from '@cloudphone/http';

const NAMES: Readonly<Record<PreferenceCategory, readonly [english: string, chinese: string]>> = {
  account: ['your account', '账号'],
  devices: ['your phones', '云手机'],
  apps: ['your apps', '应用'],
  billing: ['payments and bills', '账单与付款'],
  system: ['the platform', '平台公告'],
  promotions: ['offers and news', '优惠与资讯'],
};

/** A form that posts to its own address. It needs no script, and nothing of it comes from a caller. */
export function confirmationPage(category: PreferenceCategory): Reply {
  const [english, chinese] = NAMES[category];
  return page(`<h1>No more mails about ${english}?</h1>
<p lang="zh-CN">不再接收“${chinese}”类邮件？</p>
<form method="post"><button>Yes, end them · 确认退订</button></form>`);
}

/** What stands there after the button. */
export function endedPage(category: PreferenceCategory): Reply {
  const [english, chinese] = NAMES[category];
  return page(`<h1>No more mails about ${english}.</h1>
<p lang="zh-CN">已退订“${chinese}”类邮件。</p>`);
}

function page(content: string): Reply {
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>CloudPhone</title>
${content}
</html>
`;
  return {
    bytes: Buffer.from(html),
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'content-security-policy':
        "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    },
  };
}
