import { deviceCalls } from '@cloudphone/contracts';
import { defineProxyRoute } from '@cloudphone/http';
import { having } from '../having.ts';

/** What is done to devices without asking another service first, and the nodes that hold them. */
export const deviceProxies = [
  defineProxyRoute({
    method: 'POST',
    path: '/admin/devices',
    to: deviceCalls.createDevice,
    access: having('devices:write'),
    summary: 'Create a device that nobody rents; it is followed by device.created.',
  }),
  defineProxyRoute({
    method: 'PATCH',
    path: '/admin/devices/:deviceId',
    to: deviceCalls.updateDevice,
    access: having('devices:write'),
    summary: 'Rename a device, or change when its time is over.',
  }),
  defineProxyRoute({
    method: 'DELETE',
    path: '/admin/devices/:deviceId',
    to: deviceCalls.deleteDevice,
    access: having('devices:write'),
    summary: 'Take a device from its owner and delete it; it is followed by device.deleted.',
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/admin/pool',
    to: deviceCalls.getPool,
    access: having('devices:read'),
    summary: 'Nodes, their capacity and what is free.',
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/admin/pool/nodes',
    to: deviceCalls.createNode,
    access: having('devices:write'),
    summary: 'Add a node to the pool.',
  }),
  defineProxyRoute({
    method: 'PATCH',
    path: '/admin/pool/nodes/:nodeName',
    to: deviceCalls.updateNode,
    access: having('devices:write'),
    summary: 'Change a node’s capacity, or drain it.',
  }),
];
