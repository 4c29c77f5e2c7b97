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
export type { CatalogueApp, Installation } from './services/app.ts';
export { appCalls, catalogueAppSchema, installationSchema } from './services/app.ts';
export type { Balance, Order, OrderStatus, Plan, Usage } from './services/billing.ts';
export {
  balanceSchema,
  billingCalls,
  orderSchema,
  orderStatusSchema,
  orderWithTimelineSchema,
  planSchema,
  usageSchema,
} from './services/billing.ts';
export type { Device, DeviceCounts, DeviceStatus } from './services/device.ts';
export {
  deviceCalls,
  deviceCountsSchema,
  deviceSchema,
  deviceStatusSchema,
} from './services/device.ts';
export type {
  BulkRequest,
  CampaignProgress,
  CampaignStatus,
  ChannelKind,
  Notification,
  Template,
  TemplateText,
} from './services/notification.ts';
export {
  bulkAcceptedSchema,
  bulkRequestSchema,
  campaignProgressSchema,
  campaignSnapshotSchema,
  campaignStatusSchema,
  capturedMessageSchema,
  channelKindSchema,
  notificationCalls,
  notificationSchema,
  templateSchema,
  templateTextSchema,
  templateVariableSchema,
} from './services/notification.ts';
export type { Person, Quota, SessionTokens } from './services/user.ts';
export {
  personChangesSchema,
  personSchema,
  personStatusSchema,
  quotaSchema,
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
