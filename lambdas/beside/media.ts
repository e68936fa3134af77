export { wireMedia } from '../inference/wire-media.ts';
