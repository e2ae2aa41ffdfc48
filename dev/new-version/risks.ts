/** By the first part of a field class: what happens if the proposal is wrong. */
const OF_CLASSES: Readonly<Record<string, string>> = {
  opaque: 'If it names a resource, nobody checks its owner: a caller reaches the data of another tenant.',
  reference: 'If MLflow does not check the id, it accepts that of another workspace: then `:lookup`.',
  lookup: 'Costs a request to MLflow. If the value is no id of the kind, every request with it is refused.',
  'new-name': 'If MLflow accepts an existing name, the call changes the resource of another tenant.',
  filter:
    'With the wrong dialect the clause of the tenant is in the wrong words: refused, or without effect.',
  'tag-key': 'If MLflow trusts a key as a location or an owner, `reserved-tags` has to list it.',
  'tag-value': 'If the key beside it has no class, a caller writes the tenant tag.',
  'artifact-path':
    'If the path is not below the resource that the request names, it reaches files of another tenant.',
  'storage-uri':
    'Refuses every location that is not of the tenant. If it is only text, ordinary requests are refused.',
  '?': 'Codegen refuses the operation until a person has decided.',
};

/** By the verb of a permission. */
const OF_VERBS: Readonly<Record<string, string>> = {
  read: 'If it changes data, spends money or discloses a credential, every viewer may do that.',
  write: 'If it destroys data, runs code or decides what others run, every editor may do that.',
  delete: 'If it destroys nothing, editors without this verb are refused needlessly.',
  invoke: 'If it runs nothing and spends nothing, editors without this verb are refused needlessly.',
  manage: 'If it discloses no credential, everybody but admins is refused needlessly.',
  promote: 'If it changes nothing that others run, editors are refused needlessly.',
  '?': 'Codegen refuses the operation until a person has decided.',
};

/** The consequence of a wrong decision for this class. */
export function riskOfClass(form: string): string {
  const [name = ''] = form.split(':');
  const key = form.endsWith(':lookup') ? 'lookup' : name;
  return OF_CLASSES[key] ?? 'The gateway reads the text in another way than MLflow: refused, or not checked.';
}

/** The consequence of a wrong decision for this permission. */
export function riskOfPermission(permission: string): string {
  return OF_VERBS[permission.split(':').at(-1) ?? ''] ?? OF_VERBS['?'] ?? '';
}
