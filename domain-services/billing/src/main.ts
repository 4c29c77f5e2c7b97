import { runDomainService } from '@cloudphone/domain-service';
import { createBillingService } from './billing-service.ts';
import { readBillingConfig } from './config.ts';
import { createSimulatedPayments } from './payments/simulated-payments.ts';

const config = readBillingConfig();
const { allocationTimeoutMs } = config;
const payments = createSimulatedPayments(config);

runDomainService(createBillingService({ payments, allocationTimeoutMs }), config);
