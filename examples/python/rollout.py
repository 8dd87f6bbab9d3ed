# Rolls a new version of an image out, canaries first. Run it with: cdk synth --app "python rollout.py"
from aws_cdk import App, Environment, Size, Stack
from cdk_workspace_image_share import (
    WorkspaceBundle,
    WorkspaceImageCopy,
    WorkspaceImageShare,
    WorkspaceImageSource,
)

# The images in the owner's account, by version.
images = {
    "2026-10": "wsi-8t4x2k9p7",
    "2026-11": "wsi-1a2b3c4d5",
}

app = App()

# Each step of the rollout changes one of these: first the canary, then the others.
canary = app.node.try_get_context("canary") or "2026-11"
stable = app.node.try_get_context("stable") or "2026-10"

recipients = [
    ("Development", Environment(account="222233334444", region="eu-west-1"), canary),
    ("Sales", Environment(account="444455556666", region="eu-west-1"), stable),
    ("Support", Environment(account="555566667777", region="us-east-1"), stable),
]

owner = Stack(app, "Images", env=Environment(account="999988887777", region="eu-west-1"))
shares = {}

for name, env, version in recipients:
    if version not in shares:
        shares[version] = WorkspaceImageShare(owner, version, image_id=images[version])

    stack = Stack(app, name, env=env)
    copy = WorkspaceImageCopy(
        stack, "GoldenImage", source=WorkspaceImageSource.share(shares[version])
    )
    WorkspaceBundle(
        stack,
        "Standard",
        image_id=copy.image_id,
        compute_type="STANDARD",
        user_volume=Size.gibibytes(50),
    )

app.synth()
