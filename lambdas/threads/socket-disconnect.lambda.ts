import { socketEntry } from '../platform/socket-entry.ts';
import { wireSockets } from './wire/sockets.ts';

const { connections } = wireSockets();

/** `$disconnect`: sent at best effort; what it misses is found by the next post, or expires. */
export const handler = socketEntry({
  answer: async ({ connectionId }) => {
    await connections.remove(connectionId);
    return { status: 200 };
  },
  errorAnswer: async ({ status }) => ({ status }),
});
