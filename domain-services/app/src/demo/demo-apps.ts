import { demoId } from '@cloudphone/domain-service';
import type { ReviewStatus } from '../schema.ts';

export interface DemoApp {
  readonly id: string;
  readonly packageName: string;
  readonly name: string;
  readonly category: string;
  readonly currentVersion: string;
  readonly reviewStatus: ReviewStatus;
}

const LISTINGS: readonly (readonly [string, string, string, string, ReviewStatus?])[] = [
  ['org.example.mail', 'Paper Mail', 'communication', '5.2.0'],
  ['org.example.chat', 'Lantern Chat', 'communication', '8.0.4'],
  ['org.example.meet', 'Round Table', 'communication', '3.9.1'],
  ['org.example.browser', 'Compass Browser', 'tools', '118.0.2'],
  ['org.example.files', 'File Cabinet', 'tools', '2.4.0'],
  ['org.example.clock', 'Bell Clock', 'tools', '1.7.3'],
  ['org.example.notes', 'Margin Notes', 'productivity', '4.1.1'],
  ['org.example.sheets', 'Ledger Sheets', 'productivity', '6.3.0'],
  ['org.example.calendar', 'Almanac', 'productivity', '2.0.8'],
  ['org.example.maps', 'Milestone Maps', 'travel', '11.5.0'],
  ['org.example.rail', 'Railway Times', 'travel', '3.2.2'],
  ['org.example.weather', 'Weather Vane', 'weather', '7.1.0'],
  ['org.example.music', 'Tuning Fork', 'media', '9.8.1'],
  ['org.example.video', 'Magic Lantern', 'media', '5.5.5'],
  ['org.example.reader', 'Slow Reader', 'media', '1.12.0'],
  ['org.example.chess', 'Rook and Pawn', 'games', '2.3.4'],
  ['org.example.puzzle', 'Tangram', 'games', '1.0.9'],
  ['org.example.runner', 'Roof Runner', 'games', '0.9.2', 'pending'],
  ['org.example.scanner', 'Flatbed', 'tools', '1.1.0', 'pending'],
  ['org.example.wallet', 'Coin Purse', 'finance', '0.4.0', 'pending'],
  ['org.example.booster', 'Battery Booster', 'tools', '3.3.3', 'rejected'],
];

/** The demo catalogue; the same ids everywhere. */
export const DEMO_APPS: readonly DemoApp[] = LISTINGS.map(
  ([packageName, name, category, currentVersion, reviewStatus = 'approved']) => ({
    id: demoId(`app/${packageName}`),
    packageName,
    name,
    category,
    currentVersion,
    reviewStatus,
  }),
);
