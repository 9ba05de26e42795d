import type { DoctorCheck } from '$lib/gateway/index.svelte';

export interface Grouped {
  /** What is wrong, then what is worth a look. */
  open: DoctorCheck[];
  fine: DoctorCheck[];
  skipped: DoctorCheck[];
  wrong: number;
  worth: number;
}

/** The checks by how much they matter. */
export function grouped(checks: readonly DoctorCheck[]): Grouped {
  const of = (status: DoctorCheck['status']): DoctorCheck[] =>
    checks.filter((check) => check.status === status);
  const [wrong, worth] = [of('fail'), of('warn')];
  return {
    open: [...wrong, ...worth],
    fine: of('ok'),
    skipped: of('skipped'),
    wrong: wrong.length,
    worth: worth.length,
  };
}
