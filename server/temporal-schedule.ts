import { type Client, ScheduleNotFoundError } from '@temporalio/client';

/** Deletes a Schedule of Temporal; one that there is not is left at that. */
export async function deleteSchedule(client: Client, scheduleId: string): Promise<void> {
  try {
    await client.schedule.getHandle(scheduleId).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}
