// What a tarball's package.json says otherwise than the one here: nothing that only a clone can do, and where it was made,
// which npm compares with the run that publishes it.
const { GITHUB_SERVER_URL, GITHUB_REPOSITORY } = process.env;

exports.hooks = {
  beforePacking({ scripts, devDependencies, ...manifest }) {
    if (GITHUB_REPOSITORY === undefined) return manifest;
    const folder = manifest.name === 'run-edges' ? 'cli' : manifest.name.replace('@run-edges/', '');
    const url = `git+${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}.git`;
    return { ...manifest, repository: { type: 'git', url, directory: `packages/${folder}` } };
  },
};
