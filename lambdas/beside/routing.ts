export { wireRouting } from '../inference/wire-routing.ts';
