from pathlib import Path

from aws_cdk import App, Environment, Size, Stack
from cdk_workspace_image_share import (
    WorkspaceBundle,
    WorkspaceImageCopy,
    WorkspaceImageShare,
    WorkspaceImageSource,
)

accounts = Path(__file__).with_name("accounts.txt").read_text()

app = App()
images = Stack(app, "Images", env=Environment(account="999988887777", region="eu-west-1"))

share = WorkspaceImageShare(
    images,
    "GoldenImage",
    image_id="wsi-8t4x2k9p7",
    account_ids=accounts.split(),
)

recipients = {
    "Development": Environment(account="222233334444", region="eu-west-1"),
    "Production": Environment(account="555566667777", region="us-east-1"),
}
for name, env in recipients.items():
    stack = Stack(app, name, env=env)

    copy = WorkspaceImageCopy(
        stack, "GoldenImage", source=WorkspaceImageSource.share(share)
    )

    WorkspaceBundle(
        stack,
        "Standard",
        image_id=copy.image_id,
        compute_type="STANDARD",
        user_volume=Size.gibibytes(50),
    )

app.synth()
