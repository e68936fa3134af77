import * as z from 'zod';
import { isTimeZone, type OfficeHours } from '../domain/office-hours.ts';

const DAY_MINUTES = 24 * 60;

export const hoursSchema = z
  .strictObject({
    time_zone: z.string().max(64).refine(isTimeZone, 'must be a zone, like Europe/Berlin'),
    days: z.array(z.int().min(1).max(7)).min(1).max(7).describe('1 Monday to 7 Sunday'),
    from_minute: z
      .int()
      .min(0)
      .max(DAY_MINUTES - 1)
      .describe('of the day there'),
    until_minute: z.int().min(1).max(DAY_MINUTES),
  })
  .refine(({ from_minute, until_minute }) => from_minute < until_minute, {
    path: ['until_minute'],
    message: 'must be after from_minute; a time over midnight is two routes',
  })
  .meta({ id: 'OfficeHours' });

export const hoursOf = (hours: z.output<typeof hoursSchema>): OfficeHours => ({
  timeZone: hours.time_zone,
  days: hours.days,
  fromMinute: hours.from_minute,
  untilMinute: hours.until_minute,
});

export const hoursView = (hours: OfficeHours): z.output<typeof hoursSchema> => ({
  time_zone: hours.timeZone,
  days: [...hours.days],
  from_minute: hours.fromMinute,
  until_minute: hours.untilMinute,
});
