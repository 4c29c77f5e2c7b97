import type { Route } from '@cloudphone/http';
import type { DeviceTools } from './device-tools.ts';
import { getDeviceCountsRoute } from './devices/count-devices.ts';
import { createDeviceRoute } from './devices/create-device.ts';
import { deleteDeviceRoute } from './devices/delete-device.ts';
import { getDeviceRoute } from './devices/get-device.ts';
import { listDevicesRoute } from './devices/list-devices.ts';
import { transferDeviceRoute } from './devices/transfer-device.ts';
import { updateDeviceRoute } from './devices/update-device.ts';
import { createNodeRoute, updateNodeRoute } from './pool/change-node.ts';
import { getPoolRoute } from './pool/get-pool.ts';
import { listSegmentOwnersRoute } from './segments/list-segment-owners.ts';
import {
  restartDeviceRoute,
  startDeviceRoute,
  stopDeviceRoute,
} from './transitions/ask-for-step.ts';

export function routes(tools: DeviceTools): Route[] {
  return [
    listDevicesRoute(tools),
    getDeviceRoute(tools),
    getDeviceCountsRoute(tools),
    createDeviceRoute(tools),
    updateDeviceRoute(tools),
    transferDeviceRoute(tools),
    deleteDeviceRoute(tools),
    startDeviceRoute(tools),
    stopDeviceRoute(tools),
    restartDeviceRoute(tools),
    getPoolRoute(tools),
    createNodeRoute(tools),
    updateNodeRoute(tools),
    listSegmentOwnersRoute(tools),
  ];
}
