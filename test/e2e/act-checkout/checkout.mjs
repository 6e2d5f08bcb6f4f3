import { execFileSync } from 'node:child_process';

const { CHECKOUT_FROM, GITHUB_SHA, GITHUB_WORKSPACE, INPUT_REF } = process.env;
const git = (...parts) => execFileSync('git', parts, { cwd: GITHUB_WORKSPACE, stdio: 'inherit' });
git('clone', '--quiet', '--no-checkout', CHECKOUT_FROM, '.');
git('checkout', '--quiet', '--detach', INPUT_REF ? `origin/${INPUT_REF}` : GITHUB_SHA);
