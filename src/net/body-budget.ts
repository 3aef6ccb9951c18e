/** Bytes of answers that are being received, of all sources together. */
const mostBytes = 64 * 1024 * 1024;
/** Of one tenant: four of the largest bodies. */
const mostOfTenant = 16 * 1024 * 1024;

/** What one call has taken. */
export interface Reservation {
  /** False: there is no room, and nothing was taken. */
  take(bytes: number): boolean;
  release(): void;
}

interface Body extends Reservation {
  taken: number;
  readonly evict: () => void;
}

/**
 * Memory for the bodies of answers under way, of which each tenant has a share. When all is taken, whoever holds most has
 * to give up an answer for whoever holds less: nobody waits for what others hold.
 */
export class BodyBudget {
  readonly #bodies = new Map<string, Set<Body>>();
  #total = 0;

  /** `evict` ends the call; it is told when others need its room. */
  reserve(tenant: string, evict: () => void): Reservation {
    const bodies = this.#bodies.get(tenant) ?? new Set();
    this.#bodies.set(tenant, bodies);
    const body: Body = {
      taken: 0,
      evict,
      take: bytes => {
        if (!bodies.has(body) || !this.#makeRoom(tenant, bytes)) return false;
        body.taken += bytes;
        this.#total += bytes;
        return true;
      },
      release: () => {
        if (!bodies.delete(body)) return;
        this.#total -= body.taken;
        if (bodies.size === 0 && this.#bodies.get(tenant) === bodies) this.#bodies.delete(tenant);
      },
    };
    bodies.add(body);
    return body;
  }

  #makeRoom(tenant: string, bytes: number): boolean {
    const after = this.#heldBy(tenant) + bytes;
    if (after > mostOfTenant) return false;
    while (this.#total + bytes > mostBytes) {
      const [heaviest, held] = this.#heaviest();
      const largest = [...(this.#bodies.get(heaviest) ?? [])].toSorted((a, b) => b.taken - a.taken)[0];
      if (held <= after || largest === undefined) return false;
      largest.release();
      largest.evict();
    }
    return true;
  }

  #heaviest(): readonly [tenant: string, held: number] {
    let heaviest: readonly [string, number] = ['', 0];
    for (const tenant of this.#bodies.keys()) {
      const held = this.#heldBy(tenant);
      if (held > heaviest[1]) heaviest = [tenant, held];
    }
    return heaviest;
  }

  #heldBy(tenant: string): number {
    let held = 0;
    for (const { taken } of this.#bodies.get(tenant) ?? []) held += taken;
    return held;
  }
}
