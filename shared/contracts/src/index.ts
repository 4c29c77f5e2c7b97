export type { AsyncApiDocument } from './asyncapi.ts';
export { buildAsyncApi } from './asyncapi.ts';
export type { ChannelName } from './channels.ts';
export { channels, parseChannel } from './channels.ts';
export type {
  CallAnswer,
  CallDefinition,
  CallInput,
  DomainServiceName,
  HttpMethod,
} from './define-call.ts';
export { defineCall } from './define-call.ts';
export type { Audience, EventClass, EventDefinition } from './define-event.ts';
export { defineEvent } from './define-event.ts';
export type { Delivery, EnvelopeOptions } from './envelope.ts';
export { buildEnvelope, deliveriesOf, socketEventName, tagsOfEnvelope } from './envelope.ts';
export type { EventBody, EventEnvelope, EventType, NewEvent } from './event-register.ts';
export {
  definitionOf,
  EVENT_TYPES,
  EVENTS,
  envelopeSchema,
  isEventType,
} from './event-register.ts';
export { HEADERS } from './headers.ts';
export type { Identity } from './identity.ts';
export { identitySchema, SYSTEM_IDENTITY } from './identity.ts';
export type { Permission, Role } from './permissions.ts';
export { PERMISSIONS, permissionsOf, ROLE_NAMES, ROLES } from './permissions.ts';
export type { ConsistencyToken, Position } from './position.ts';
export { formatEventToken, formatPosition, parseConsistencyToken } from './position.ts';
export { SERVICE_CALLS } from './service-calls.ts';
export type { Announcement } from './services/announcements.ts';
export { announcementSchema } from './services/announcements.ts';
export type { AppVersion, CatalogueApp, Installation, InstallationState } from './services/app.ts';
export {
  appCalls,
  appVersionSchema,
  catalogueAppSchema,
  installationSchema,
  installationStateSchema,
} from './services/app.ts';
export type { AuditRecord } from './services/audit.ts';
export { auditRecordSchema } from './services/audit.ts';
export { billingCalls } from './services/billing.ts';
export type {
  AudienceRequest,
  BulkRequest,
  CampaignSchedule,
} from './services/campaign-request.ts';
export {
  audienceOf,
  bulkRequestSchema,
  campaignScheduleSchema,
} from './services/campaign-request.ts';
export type {
  CampaignProgress,
  CampaignRecipient,
  CampaignReport,
  CampaignStatus,
  RecipientStatus,
} from './services/campaigns.ts';
export {
  bulkAcceptedSchema,
  CAMPAIGN_QUEUES,
  campaignProgressSchema,
  campaignReportSchema,
  campaignSnapshotSchema,
  campaignStatusSchema,
  recipientSchema,
  recipientStatusSchema,
} from './services/campaigns.ts';
export type { DeadLetter, DeadLetterSelection, EventFlow } from './services/dead-letters.ts';
export {
  deadLetterCalls,
  deadLetterSchema,
  deadLetterSelectionSchema,
  deadLetterStateSchema,
  deadLetterWithEventSchema,
  eventFlowSchema,
} from './services/dead-letters.ts';
export type { ChannelKind, Suppression } from './services/delivery-channels.ts';
export {
  capturedMessageSchema,
  channelKindSchema,
  suppressionSchema,
} from './services/delivery-channels.ts';
export type {
  Device,
  DeviceCounts,
  DeviceStatus,
  PoolNode,
  PoolTotals,
} from './services/device.ts';
export {
  deviceCalls,
  deviceCountsSchema,
  deviceSchema,
  deviceStatusSchema,
  nodeSchema,
  poolSchema,
} from './services/device.ts';
export type { Notification } from './services/inbox.ts';
export { notificationSchema } from './services/inbox.ts';
export type { Invoice } from './services/invoices.ts';
export { invoiceSchema } from './services/invoices.ts';
export type { Usage } from './services/money-reports.ts';
export {
  reportQuery,
  revenueReportSchema,
  usageReportSchema,
  usageSchema,
} from './services/money-reports.ts';
export { notificationCalls } from './services/notification.ts';
export type { Order, OrderFailure, OrderStatus } from './services/orders.ts';
export { orderSchema, orderStatusSchema, orderWithTimelineSchema } from './services/orders.ts';
export {
  newPasswordSchema,
  recoveryCodesSchema,
  twoFactorSecretSchema,
  twoFactorStateSchema,
} from './services/own-account.ts';
export type { Balance, Payment } from './services/payments.ts';
export { balanceSchema, paymentSchema } from './services/payments.ts';
export type { Plan } from './services/plans.ts';
export { planSchema } from './services/plans.ts';
export type { PreferenceCategory, Preferences } from './services/preferences.ts';
export {
  preferenceCategorySchema,
  preferencesSchema,
  unsubscribeTokenSchema,
} from './services/preferences.ts';
export type { Quota } from './services/quotas.ts';
export { quotaSchema } from './services/quotas.ts';
export type { Refund } from './services/refunds.ts';
export { refundSchema } from './services/refunds.ts';
export type { Schedule, ScheduleInput } from './services/schedules.ts';
export { scheduleSchema } from './services/schedules.ts';
export type { Segment, SegmentDefinition } from './services/segments.ts';
export { segmentDefinitionSchema, segmentSchema } from './services/segments.ts';
export type { Settings } from './services/settings.ts';
export { quietHoursSchema, settingsSchema } from './services/settings.ts';
export type { Template, TemplateText } from './services/templates.ts';
export {
  newTemplateSchema,
  templateSchema,
  templateTextSchema,
  templateVariableSchema,
} from './services/templates.ts';
export type { Upload } from './services/uploads.ts';
export { uploadSchema } from './services/uploads.ts';
export type { Person, SessionTokens } from './services/user.ts';
export {
  deletedPersonSchema,
  personChangesSchema,
  personSchema,
  personStatusSchema,
  registeredSchema,
  registrationSchema,
  roleSchema,
  sessionTokensSchema,
  userCalls,
} from './services/user.ts';
export type {
  EventFrame,
  HandshakeRefusal,
  LoginExpiring,
  SocketAnswer,
  SocketClosing,
} from './socket-protocol.ts';
export { SOCKET_MESSAGES } from './socket-protocol.ts';
export type { TagRead } from './tags.ts';
export { formatCacheTags, isTag, MAX_TAG_LENGTH, parseCacheTags, tags } from './tags.ts';
export type { Money, Page } from './values.ts';
export { idListSchema, idSchema, moneySchema, pageOf, pageQuery, timeSchema } from './values.ts';
