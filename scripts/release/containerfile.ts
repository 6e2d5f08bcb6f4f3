/**
 * The Containerfile of an image that has headgate and what its operations start: for GitLab's jobs, for
 * `source: preinstalled`, and for hosts without internet. It is built beside the archive:
 * `buildah build --file Containerfile .`
 */
export function containerfile(archive: string): string {
  return `# Build beside ${archive}: buildah build --tag headgate --file Containerfile .
# For a host without internet give a base image of your own registry: --build-arg BASE=registry.example.com/node:24
ARG BASE=node:24-trixie-slim
FROM \${BASE}

# buildah: builds and pushes images without a daemon, in a job that has no privileges.
# ca-certificates: git brings none in the slim image, and without them it trusts no host.
# git: the branches that still exist are listed with 'git ls-remote'.
RUN apt-get update \\
 && apt-get install --yes --no-install-recommends buildah ca-certificates git \\
 && rm --recursive --force /var/lib/apt/lists/*

# A job has no fuse device and no mount of its own; these work without both, at the cost of copying layers.
ENV BUILDAH_ISOLATION=chroot STORAGE_DRIVER=vfs

# The archive holds all that it needs, so nothing is fetched.
COPY ${archive} /tmp/
RUN npm install --global --offline --ignore-scripts /tmp/${archive} && rm /tmp/${archive}

# No entry point: GitLab starts a shell in the image of a job.
CMD ["headgate", "--help"]
`;
}
