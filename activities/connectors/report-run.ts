import { EffectRefused } from '../../db/connector-effect';
import { ReportRefused, runReport } from '../../db/report-run';
import { runSignature } from '../../engine/connectors/reports';
import type { Connector } from '../connector';
import { onceInDatabase } from '../own-database';

/** `report.run`: a report says what there is, and what it says is kept; a repetition gets the version that was made. */
export const reportRun: Connector = {
  name: 'report.run',
  ...runSignature,
  run: ({ report, date, asOf, corrects, reason }, attempt) =>
    onceInDatabase(attempt, 'report.run', async (trx, { dealership, instanceKey, elementId, atMs }) => {
      const asked = {
        report: String(report),
        ...(date === undefined ? {} : { date: String(date) }),
        ...(asOf === undefined ? {} : { asOfMs: Date.parse(String(asOf)) }),
        ...(corrects === undefined ? {} : { corrects: Number(corrects) }),
        ...(reason === undefined ? {} : { reason: String(reason) }),
        by: 'system',
        atMs,
        from: { instanceKey, elementId },
      };
      try {
        return { ...(await runReport(trx, dealership, asked)) };
      } catch (error) {
        throw error instanceof ReportRefused ? new EffectRefused(error.code, error.message) : error;
      }
    }),
};
