import { socketEntry } from '../platform/socket-entry.ts';
import { socketMessages, watchHandler } from './sockets/routes/socket-messages.ts';
import { wireSockets } from './wire/sockets.ts';

const sockets = wireSockets();

/** What a socket watches, its pings, and whatever it says that nobody knows. */
export const handler = socketEntry(socketMessages(sockets, watchHandler(sockets)));
