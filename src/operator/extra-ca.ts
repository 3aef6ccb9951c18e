import { readFileSync } from 'node:fs';
import { pemBlocks } from '../core/pem.ts';
import { isCertificate } from '../net/tls.ts';

/** More than any distribution ships. */
const mostCertificates = 4096;

/**
 * What is wrong with the file that NODE_EXTRA_CA_CERTS names. Node would go on without it: every store of a private CA
 * would be refused for its certificate, and nothing would say why.
 */
export function extraCaFlaw(file: string | undefined): string | undefined {
  if (file === undefined || file === '') return undefined;
  const flaw = flawOf(readable(file));
  return flaw && `NODE_EXTRA_CA_CERTS names a file that ${flaw}: put PEM certificates there (caBundle of the chart)`;
}

function flawOf(text: string | undefined): string | undefined {
  if (text === undefined) return 'cannot be read';
  const blocks = pemBlocks(text, mostCertificates);
  if (!blocks.ok) return 'is no PEM text';
  const certificates = blocks.value.filter(({ label }) => label.endsWith('CERTIFICATE'));
  if (certificates.length === 0) return 'holds no certificate';
  const damaged = certificates.findIndex(({ text }) => !isCertificate(text));
  return damaged < 0 ? undefined : `holds a damaged certificate, number ${damaged + 1}`;
}

function readable(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
