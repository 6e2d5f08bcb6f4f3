import { input } from '../../lib/operation/inputs.ts';
import { TOOL_NAMES } from './builders/choose-tool.ts';

/** The inputs about the tool, which `build` and `test` share. */
export const TOOL_INPUTS = {
  tool: input.choice({
    description:
      "What to use; 'auto' takes the first of them that is on PATH. 'buildkit' is `buildctl-daemonless.sh`, or `buildctl` with BUILDKIT_HOST.",
    options: ['auto', ...TOOL_NAMES],
    default: 'auto',
  }),
  isolation: input.choice({
    description:
      "How buildah runs commands. 'auto': what BUILDAH_ISOLATION says, otherwise 'chroot' as root in a container and where there is no runc or crun.",
    options: ['auto', 'chroot', 'rootless', 'oci'],
    default: 'auto',
  }),
  'storage-driver': input.choice({
    description:
      "How buildah and Podman keep images. 'auto': what STORAGE_DRIVER says, otherwise 'vfs' in a container without /dev/fuse.",
    options: ['auto', 'overlay', 'vfs'],
    default: 'auto',
  }),
} as const;
