/** @import { Binding } from '../src/iam/policies/policy.ts' */
import { createDeveloper } from './developer.js';
import { ask, byId, failure, html } from './dom.js';

/** @type {ReadonlyMap<string, string>} Roles that one grants on a service, and what Google's console calls them. */
const roles = new Map([
  ['roles/run.invoker', 'Cloud Run Invoker'],
  ['roles/run.viewer', 'Cloud Run Viewer'],
  ['roles/run.developer', 'Cloud Run Developer'],
  ['roles/run.admin', 'Cloud Run Admin'],
]);

/**
 * Grants roles on a service and takes them back, by the steps of Google's console: choose the receiving service, add a
 * principal, choose the role, save.
 *
 * @param {{ id: string, region: string }} project
 * @param {() => Promise<void>} onChange
 */
export function permissionsView({ id, region }, onChange) {
  const developer = createDeveloper();
  const signIn = byId('sign-in', HTMLFormElement);
  const token = byId('developer-token', HTMLInputElement);
  const panel = byId('permissions', HTMLDivElement);
  const receiver = byId('receiver', HTMLSelectElement);
  const principals = byId('principals', HTMLUListElement);
  const add = byId('add-principal', HTMLButtonElement);
  const form = byId('new-principal', HTMLFormElement);
  const member = byId('principal', HTMLInputElement);
  const role = byId('role', HTMLSelectElement);
  const said = byId('permissions-said', HTMLDivElement);
  const leave = byId('sign-out', HTMLButtonElement);
  let signedIn = false;

  // By the address that `run-edges up` prints, whatever name this page was opened by.
  const address = location.host.replace(/^localhost\b/, '127.0.0.1').replaceAll(/[^\w.]/g, '-');
  byId('token-file', HTMLElement).textContent = `cat ~/.cache/run-edges/${address}/token`;
  role.append(...[...roles].map(([value, name]) => html('option', { value }, name)));

  /** @param {boolean} open */
  function show(open) {
    signedIn = open;
    signIn.hidden = open;
    panel.hidden = !open;
    leave.hidden = !open;
    if (!open) principals.replaceChildren();
    edit(false);
  }

  /** @param {boolean} open */
  function edit(open) {
    form.hidden = !open;
    add.hidden = open;
    form.reset();
  }

  /** @param {string} service */
  const pathOf = (service) => `/v1/projects/${id}/locations/${region}/services/${encodeURIComponent(service)}`;

  /** @param {string} service */
  const policyOf = (service) => developer.ask(`${pathOf(service)}:getIamPolicy?options.requestedPolicyVersion=3`);

  /** Shows whom the chosen service lets do what. A late answer about another is not shown. */
  async function refresh() {
    const service = receiver.value;
    if (!signedIn || service === '') return;
    try {
      const { bindings = [] } = await policyOf(service);
      if (!signedIn || service !== receiver.value) return;
      const rows = bindings.flatMap((/** @type {Binding} */ binding) =>
        binding.members.map((one) => row(binding, one)),
      );
      principals.replaceChildren(...(rows.length === 0 ? [html('li', {}, 'Nobody: no role is granted on it.')] : rows));
    } catch (error) {
      said.replaceChildren(failure(error));
    }
  }

  /**
   * Writes a policy with a change to it. What somebody else has written meanwhile is not lost: the change is refused.
   *
   * @param {(bindings: readonly Binding[]) => readonly Binding[]} edited
   * @param {string} done
   */
  async function change(edited, done) {
    const service = receiver.value;
    said.replaceChildren();
    try {
      const policy = await policyOf(service);
      const bindings = edited(policy.bindings ?? []);
      await developer.ask(`${pathOf(service)}:setIamPolicy`, { policy: { ...policy, bindings } });
      said.replaceChildren(html('p', {}, done));
    } catch (error) {
      said.replaceChildren(failure(error));
      return false;
    }
    await Promise.all([refresh(), onChange()]);
    return true;
  }

  /**
   * @param {Binding} binding
   * @param {string} one of its members
   */
  function row(binding, one) {
    const name = roles.get(binding.role) ?? binding.role;
    const button = html(
      'button',
      { type: 'button' },
      'Remove',
      html('span', { class: 'unseen' }, ` ${name} from ${one}`),
    );
    button.addEventListener('click', () =>
      change((bindings) => without(bindings, binding, one), `${one} is ${name} of ${receiver.value} no longer.`),
    );
    const condition = binding.condition === undefined ? [] : [html('small', {}, `if ${binding.condition.expression}`)];
    return html('li', {}, html('span', { class: 'what' }, one), html('span', {}, name), ...condition, button);
  }

  signIn.addEventListener('submit', async (event) => {
    event.preventDefault();
    const given = token.value.trim();
    // It stands in the page no longer than it takes to read it.
    token.value = '';
    said.replaceChildren();
    try {
      await developer.signIn(given);
      const { principals: known } = await ask('principals');
      byId('accounts', HTMLDataListElement).replaceChildren(
        ...known.map((/** @type {{ name: string, email: string }} */ { name, email }) =>
          html('option', { value: email }, name),
        ),
      );
      show(true);
      await refresh();
      receiver.focus();
    } catch (error) {
      said.replaceChildren(failure(error));
    }
  });
  leave.addEventListener('click', () => {
    developer.signOut();
    show(false);
    said.replaceChildren();
    token.focus();
  });
  receiver.addEventListener('change', () => {
    edit(false);
    said.replaceChildren();
    principals.replaceChildren();
    void refresh();
  });
  add.addEventListener('click', () => {
    said.replaceChildren();
    edit(true);
    member.focus();
  });
  byId('cancel', HTMLButtonElement).addEventListener('click', () => {
    said.replaceChildren();
    edit(false);
    add.focus();
  });
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const [granted, one] = [role.value, memberOf(member.value)];
    const done = `${one} is now ${roles.get(granted)} of ${receiver.value}.`;
    if (!(await change((bindings) => withMember(bindings, granted, one), done))) return;
    edit(false);
    add.focus();
  });

  show(false);
  return {
    /** @param {readonly string[]} services by name */
    show(services) {
      const chosen = receiver.value;
      receiver.replaceChildren(...services.map((name) => html('option', { value: name }, name)));
      if (services.includes(chosen)) receiver.value = chosen;
      return refresh();
    },
  };
}

/**
 * The member that is meant by an e-mail; whoever says its kind is taken at the word.
 *
 * @param {string} entered
 */
function memberOf(entered) {
  const text = entered.trim();
  if (text.includes(':') || text === 'allUsers' || text === 'allAuthenticatedUsers') return text;
  return `${text.endsWith('.gserviceaccount.com') ? 'serviceAccount' : 'user'}:${text}`;
}

/**
 * @param {readonly Binding[]} bindings
 * @param {string} role
 * @param {string} member
 */
function withMember(bindings, role, member) {
  const own = bindings.find((one) => one.role === role && one.condition === undefined);
  if (own === undefined) return [...bindings, { role, members: [member] }];
  if (own.members.includes(member)) return bindings;
  return bindings.map((one) => (one === own ? { ...one, members: [...one.members, member] } : one));
}

/**
 * @param {readonly Binding[]} bindings
 * @param {Binding} from the binding as it was seen
 * @param {string} member
 */
function without(bindings, from, member) {
  const condition = JSON.stringify(from.condition);
  return bindings
    .map((one) =>
      one.role === from.role && JSON.stringify(one.condition) === condition
        ? { ...one, members: one.members.filter((other) => other !== member) }
        : one,
    )
    .filter(({ members }) => members.length > 0);
}
