// A dashboard made of rows: variables for the data source, the job and the instances, and the panels on their grid.
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { panelOf, type Row, rowOf, SOURCE } from './panel.ts';

/** What a dashboard says. */
export interface DashboardText {
  /** Its name in addresses, stable. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly Row[];
}

/** The dashboard as Grafana stores it. */
export function buildDashboard({ uid, title, description, rows }: DashboardText): Dashboard {
  const dashboard = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['tallymesh'])
    .time({ from: 'now-1h', to: 'now' })
    .refresh('15s')
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(labelVariable('job', 'Job', ''))
    .withVariable(labelVariable('instance', 'Instance', '{job=~"$job"}'));
  for (const row of rows) {
    dashboard.withRow(rowOf(row));
    for (const panel of row.panels) dashboard.withPanel(panelOf(panel));
  }
  return numbered(dashboard.build());
}

/** All values of a label over the peers that are scraped, all of them chosen at first. */
function labelVariable(name: string, label: string, matchers: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(SOURCE)
    .query(`label_values(tallymesh_process_start_time_seconds${matchers}, ${name})`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: ['All'], value: ['$__all'] });
}

/** Panels need ids for links to them; in order, so that the same dashboard is the same file. */
function numbered(dashboard: Dashboard): Dashboard {
  for (const [index, panel] of (dashboard.panels ?? []).entries()) panel.id = index + 1;
  return dashboard;
}
