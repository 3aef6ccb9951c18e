import { type Rights, read } from '../../schema/rbac.ts';

/** What runs need from the cluster. Granted only where the chart's rotation.enabled asks for it. */
export const rights: Rights = {
  rotation: [
    { apiGroups: ['shearline.dev'], resources: ['secretrotations'], verbs: [...read, 'create', 'delete'] },
    { apiGroups: ['shearline.dev'], resources: ['secretrotations/status'], verbs: ['patch'] },
    // Which pods refer to a revision, before it is deleted.
    { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    // Stage Restart: annotations of pod templates, as `kubectl rollout restart` writes them. A policy of the chart holds it to that.
    { apiGroups: ['apps'], resources: ['deployments', 'statefulsets', 'daemonsets'], verbs: ['get', 'list', 'patch'] },
    { apiGroups: ['argoproj.io'], resources: ['rollouts'], verbs: ['get', 'list', 'patch'] },
    // The Job of a validation; patch, to have one that failed deleted later. Those that a newer value waits for are listed.
    { apiGroups: ['batch'], resources: ['jobs'], verbs: ['get', 'list', 'create', 'patch', 'delete'] },
    { apiGroups: ['sparkoperator.k8s.io'], resources: ['sparkapplications'], verbs: ['list'] },
  ],
};
