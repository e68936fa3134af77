import { socketEntry } from '../platform/socket-entry.ts';
import { socketConnect } from './sockets/routes/socket-connect.ts';
import { wireSockets } from './wire/sockets.ts';

/** `$connect`: who may open a socket. */
export const handler = socketEntry(socketConnect(wireSockets()));
