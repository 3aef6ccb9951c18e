// biome-ignore lint/style/noDefaultExport: Jest asks for it
export default async function teardown(): Promise<void> {
  await globalThis.takeLabDown?.();
}
