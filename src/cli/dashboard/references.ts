import { graph, number, of, once, quantile, type Row, rate, table } from './words.ts';

const checked = once('reference_checked_timestamp_seconds', 'owner', 'namespace', 'name');
const unsynced = once('reference_unsynced_since_timestamp_seconds', 'owner', 'namespace', 'name', 'reason');
const pending = once('reference_rotation_pending', 'owner', 'namespace', 'name');
const due = once('reference_rotation_due_timestamp_seconds', 'owner', 'namespace', 'name');
const certificates = once('target_certificate_expiry_timestamp_seconds', 'namespace', 'name');

export const freshness: Row = {
  title: 'Freshness by owner',
  panels: [
    number('References', 'short', `sum(${once('references', 'ready', 'synced', 'reason')})`, 'All that there are.'),
    number(
      'Out of step',
      'short',
      `count(${unsynced}) or vector(0)`,
      'References that are not in step with their store.',
    ),
    graph(
      'Time since the store was asked, oldest of each owner',
      's',
      { '{{owner}}': `time() - min by (owner) (${checked})` },
      'Grows past the refresh interval when references are not checked any more. The owner is spec.owner.',
    ),
    graph(
      'Out of step, by owner',
      'short',
      { '{{owner}}': `count by (owner) (${unsynced})` },
      'Their good Secrets stay. kubectl describe sref says what to fix.',
    ),
    table('Longest out of step', 's', `topk(20, time() - ${unsynced})`, 'The reason is that of the Synced condition.'),
  ],
};

export const syncs: Row = {
  title: 'Syncs',
  panels: [
    graph('Results', 'ops', { '{{result}}': rate('result', 'syncs_total') }, 'Reconciles that did more than look.'),
    graph(
      'Failures, by reason',
      'ops',
      { '{{reason}}': rate('reason', 'syncs_total', 'result="failed"') },
      'The reasons are explained in docs/operate.md.',
    ),
    graph('What asked for them', 'ops', { '{{because}}': rate('because', 'syncs_total') }, 'Why a reconcile was due.'),
    graph(
      'References, by condition',
      'short',
      { 'Ready={{ready}} Synced={{synced}} {{reason}}': once('references', 'ready', 'synced', 'reason') },
      'Ready stays True through an outage; Synced does not.',
    ),
  ],
};

export const rotations: Row = {
  title: 'Rotations',
  panels: [
    graph(
      'Results',
      'ops',
      { '{{result}}': rate('result', 'syncs_total', 'because="RotationRequested"') },
      'kept: the store has nothing newer.',
    ),
    graph('Asked for and not answered, by owner', 'short', { '{{owner}}': `count by (owner) (${pending})` }, 'Now.'),
    graph(
      'From annotation to answer, 50 and 99 %',
      's',
      {
        '50 %': quantile(0.5, 'priority', 'reconcile_duration_seconds', 'priority="high"'),
        '99 %': quantile(0.99, 'priority', 'reconcile_duration_seconds', 'priority="high"'),
      },
      'Without the time in the queue, which is above.',
    ),
    table(
      'Not answered yet',
      'short',
      pending,
      'The store is away, a run or a window is waited for, or the reference is suspended or refused.',
    ),
    graph(
      'Older than rotation.every, by owner',
      'short',
      { '{{owner}}': `count by (owner) (${due} < time())` },
      'What they serve should have been rotated.',
    ),
    table('Next to rotate', 's', `bottomk(20, ${due} - time())`, 'Of those with rotation.every; below zero: overdue.'),
    graph(
      'Runs that wait, by stage',
      'short',
      { '{{stage}}': once('rotation_runs_waiting', 'stage') },
      'At Approval somebody has to decide. kubectl get srot -A has each.',
    ),
    graph(
      'Runs that ended, by result',
      'short',
      { '{{result}}': `sum by (result) (increase(${of('rotation_runs_total')}[1d]))` },
      'Within a day.',
    ),
  ],
};

export const ends: Row = {
  title: 'Certificates',
  panels: [
    number(
      'Ending within 14 days',
      'short',
      `count(${certificates} - time() < 14 * 86400) or vector(0)`,
      'Of Secrets of type kubernetes.io/tls.',
    ),
    table(
      'Next to end',
      's',
      `bottomk(20, ${certificates} - time())`,
      'Renew them where they are issued, then rotate.',
    ),
  ],
};
