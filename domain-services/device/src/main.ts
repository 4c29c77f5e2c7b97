import { runDomainService } from '@cloudphone/domain-service';
import { systemClock } from '@cloudphone/runtime';
import { readDeviceConfig } from './config.ts';
import { deviceService } from './device-service.ts';
import { createSimulatedProvider } from './provider/simulated-provider.ts';

const config = readDeviceConfig();
const provider = createSimulatedProvider({
  clock: systemClock,
  latencyMs: config.providerLatencyMs,
  script: config.providerScript,
});

runDomainService(deviceService(provider, config.settings), config.service);
