/** The rules for commands that a node keeps itself, through the gateway. */
import { t } from '$i18n';
import { gateway, GatewayError, type NodeExecRules } from '$lib/gateway/index.svelte';
import { rulesOfNode, type Rules, type RulesSource } from '../../approvals/rules-draft';

function known(answer: NodeExecRules): Rules {
  const rules = rulesOfNode(answer);
  if (!rules) throw new GatewayError({ code: 'UNSUPPORTED', message: t.approvals.rulesUnknown });
  return rules;
}

export function rulesSource(nodeId: string): RulesSource {
  return {
    read: async () => known(await gateway.call('exec.approvals.node.get', { nodeId })),
    write: async (file, baseHash) =>
      known(await gateway.call('exec.approvals.node.set', { nodeId, file: { ...file }, baseHash })),
  };
}
