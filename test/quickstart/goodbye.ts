import type { Names } from './samples.ts';
import type { Stage } from './stage.ts';

/** How to go on from here, in a second terminal. */
export function howToGoOn(stage: Stage, { reference, key }: Names): string {
  const { kubeconfig, programPaths, bao } = stage;
  return `
To go on, in another terminal:
  export KUBECONFIG=${kubeconfig}
  export BAO_ADDR=${bao.address} BAO_TOKEN=${bao.rootToken}
  export PATH=${programPaths.join(':')}:$PATH

  kubectl get sref -o wide
  kubectl describe sref ${reference}

  # another rotation
  bao kv put -mount=secret ${key} username=etl password=swordfish
  kubectl annotate sref ${reference} shearline.dev/rotate="$(date +%s)" --overwrite

  # tamper with the Secret, delete it: it is back at once
  kubectl patch secret ${reference} -p '{"stringData":{"password":"mine"}}'
  kubectl get secret ${reference} -o go-template='{{.data.password | base64decode}}{{"\\n"}}'
  kubectl delete secret ${reference}
  kubectl get events

  # the Secret goes with its reference
  kubectl delete sref ${reference}

Ctrl-C stops all of it and leaves nothing behind.`;
}
