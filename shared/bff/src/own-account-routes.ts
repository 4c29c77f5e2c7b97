import {
  newPasswordSchema,
  personChangesSchema,
  personSchema,
  recoveryCodesSchema,
  twoFactorSecretSchema,
  twoFactorStateSchema,
} from '@cloudphone/contracts';
import { defineRoute, type Route } from '@cloudphone/http';
import type { ServiceClients } from '@cloudphone/service-clients';
import * as z from 'zod';
import type { AfterWrite } from './after-write.ts';
import { refuseToKeepTokens } from './refuse-to-keep-tokens.ts';

interface OwnAccountOptions {
  readonly services: Pick<ServiceClients, 'user'>;
  readonly afterWrite: AfterWrite;
}

const access = { kind: 'signed-in' } as const;
const passwordSchema = z.string().min(1).max(200);
const codeSchema = z.string().min(6).max(40);
/** An e-mail address is where a lost password is sent: staff changes it, not a token. */
const ownChangesSchema = z
  .strictObject({
    name: personChangesSchema.shape.name,
    locale: personChangesSchema.shape.locale,
    timeZone: personChangesSchema.shape.timeZone,
  })
  .refine((changes) => Object.keys(changes).length > 0, { message: 'name at least one change' });

/** What people do about their own account, at either BFF. */
export function ownAccountRoutes(options: OwnAccountOptions): Route[] {
  return [changeMe(options), changePassword(options), ...twoFactorRoutes(options)];
}

function changeMe({ services, afterWrite }: OwnAccountOptions): Route {
  return defineRoute({
    method: 'PATCH',
    path: '/auth/me',
    summary: 'Change my own name, language or time zone.',
    access,
    body: ownChangesSchema,
    answer: personSchema,
    handle: async ({ identity: { userId }, body, headers }) => {
      const ifMatch = headers['if-match'];
      const written = await services.user.updateUser(
        { params: { userId }, body },
        ifMatch === undefined ? {} : { ifMatch },
      );
      return afterWrite.reply(written);
    },
  });
}

function changePassword({ services }: OwnAccountOptions): Route {
  return defineRoute({
    method: 'POST',
    path: '/auth/password/change',
    summary: 'A new password for whoever knows the old one; all other log-ins end.',
    access,
    body: z.strictObject({ currentPassword: passwordSchema, newPassword: newPasswordSchema }),
    status: 204,
    handle: async ({ body, idempotencyKey }) => {
      refuseToKeepTokens(idempotencyKey);
      await services.user.changePassword({ body });
      return {};
    },
  });
}

function twoFactorRoutes({ services }: OwnAccountOptions): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/auth/two-factor',
      summary: 'Whether a second factor is asked for, and how many recovery codes are left.',
      access,
      answer: twoFactorStateSchema,
      handle: async () => ({ body: await services.user.getTwoFactor() }),
    }),
    defineRoute({
      method: 'POST',
      path: '/auth/two-factor/enrol',
      summary: 'A new secret for an authenticator app; a code of it has to enable it.',
      access,
      body: z.strictObject({ password: passwordSchema }),
      answer: twoFactorSecretSchema,
      handle: async ({ body, idempotencyKey }) => {
        refuseToKeepTokens(idempotencyKey);
        return { body: (await services.user.enrolTwoFactor({ body })).answer };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/auth/two-factor/enable',
      summary: 'Ask for a second factor from now on; answers recovery codes, this once.',
      access,
      body: z.strictObject({ code: codeSchema }),
      answer: recoveryCodesSchema,
      handle: async ({ body, idempotencyKey }) => {
        refuseToKeepTokens(idempotencyKey);
        return { body: (await services.user.enableTwoFactor({ body })).answer };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/auth/two-factor/disable',
      summary: 'Ask for no second factor any more, by password and code.',
      access,
      body: z.strictObject({ password: passwordSchema, code: codeSchema }),
      status: 204,
      handle: async ({ body, idempotencyKey }) => {
        refuseToKeepTokens(idempotencyKey);
        await services.user.disableTwoFactor({ body });
        return {};
      },
    }),
  ];
}
