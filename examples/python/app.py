from pathlib import Path

from aws_cdk import App, Stack
from cdk_workspace_image_share import WorkspaceImageShare

accounts = Path(__file__).with_name("accounts.txt").read_text()

app = App()
stack = Stack(app, "Images")

WorkspaceImageShare(
    stack,
    "GoldenImage",
    image_id="wsi-8t4x2k9p7",
    account_ids=accounts.split(),
)

app.synth()
