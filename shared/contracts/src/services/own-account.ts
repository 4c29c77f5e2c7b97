import * as z from 'zod';
import { defineCall } from '../define-call.ts';
import { idSchema, timeSchema } from '../values.ts';

/** A new one. Length is what counts (NIST SP 800-63B §3.1.1): no rules of composition. */
export const newPasswordSchema = z
  .string()
  .min(8, { message: 'has at least 8 characters' })
  .max(200);
const passwordSchema = z.string().min(1).max(200);
/** Six digits of the app, or a recovery code. */
const codeSchema = z.string().trim().min(6).max(40);
const nothing = z.object({});

/** Where a request came from, as the BFF saw it: guesses are counted by it. */
export const addressSchema = z.string().max(64);

export const twoFactorStateSchema = z.object({
  isEnabled: z.boolean(),
  recoveryCodesLeft: z.int(),
});
export const twoFactorSecretSchema = z.object({
  /** Base32, for typing it into the app. */
  secret: z.string(),
  /** `otpauth://totp/…`: shown as a QR code. */
  otpauthUri: z.string(),
});
/** Each works once in the place of a code. Shown this once: only their hashes are kept. */
export const recoveryCodesSchema = z.object({ recoveryCodes: z.array(z.string()) });

/**
 * What people do about their own password and second factor. Those that name nobody act for the
 * person on whose behalf they are called, in the log-in they are called from.
 */
export const ownAccountCalls = {
  /** The same answer, and as soon, whether or not anybody has that address. */
  requestPasswordReset: defineCall({
    service: 'user',
    name: 'requestPasswordReset',
    method: 'POST',
    path: '/auth/password/reset-request',
    body: z.strictObject({ email: z.email().max(200), address: addressSchema.optional() }),
    answer: nothing,
    status: 202,
  }),
  /**
   * The secret that `user.password_reset_requested` leaves out: whoever writes the mail asks here
   * for it, by the event's `resetId`, and puts it into the link. The platform's own processes only
   * (forbidden on anybody's behalf). The same token however often it is asked for; not found once
   * it was used, has expired, or its person is gone.
   */
  readPasswordReset: defineCall({
    service: 'user',
    name: 'readPasswordReset',
    method: 'GET',
    path: '/auth/password/resets/:resetId',
    params: z.strictObject({ resetId: idSchema }),
    answer: z.object({ userId: idSchema, token: z.string(), expiresAt: timeSchema }),
  }),
  /** Once, within 30 minutes; closes every log-in of the person. Else link_expired. */
  resetPassword: defineCall({
    service: 'user',
    name: 'resetPassword',
    method: 'POST',
    path: '/auth/password/reset',
    body: z.strictObject({
      token: z.string().min(1).max(200),
      newPassword: newPasswordSchema,
      address: addressSchema.optional(),
    }),
    answer: nothing,
  }),
  /** Closes the person's other log-ins. */
  changePassword: defineCall({
    service: 'user',
    name: 'changePassword',
    method: 'POST',
    path: '/auth/password/change',
    body: z.strictObject({ currentPassword: passwordSchema, newPassword: newPasswordSchema }),
    answer: nothing,
  }),
  getTwoFactor: defineCall({
    service: 'user',
    name: 'getTwoFactor',
    method: 'GET',
    path: '/auth/two-factor',
    answer: twoFactorStateSchema,
  }),
  /** A new secret, which counts for nothing until a code of it enables it. */
  enrolTwoFactor: defineCall({
    service: 'user',
    name: 'enrolTwoFactor',
    method: 'POST',
    path: '/auth/two-factor/enrol',
    body: z.strictObject({ password: passwordSchema }),
    answer: twoFactorSecretSchema,
  }),
  enableTwoFactor: defineCall({
    service: 'user',
    name: 'enableTwoFactor',
    method: 'POST',
    path: '/auth/two-factor/enable',
    body: z.strictObject({ code: codeSchema }),
    answer: recoveryCodesSchema,
  }),
  disableTwoFactor: defineCall({
    service: 'user',
    name: 'disableTwoFactor',
    method: 'POST',
    path: '/auth/two-factor/disable',
    body: z.strictObject({ password: passwordSchema, code: codeSchema }),
    answer: nothing,
  }),
} as const;
