import { discoverExperiments } from "../experiments/framework/discover.ts";
import { printList } from "../experiments/framework/print-list.ts";

/** Lists the experiments with their claims. */
export async function list({ json = false }: { readonly json?: boolean }): Promise<number> {
  const experiments = await discoverExperiments();
  const described = experiments.map(({ id, question, title, needs, claims }) => ({
    id,
    question,
    title,
    needs,
    claims,
  }));
  process.stdout.write(json ? `${JSON.stringify(described)}\n` : `${printList(experiments)}\n`);
  return 0;
}
