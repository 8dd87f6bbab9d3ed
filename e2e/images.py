"""Creates images in moto, which needs a directory and a WorkSpace for that.

Usage: images.py <endpoint> <region> <sets> <name>...; prints [{"<name>": "<image ID>", ...}, ...]
"""

import json
import sys

import boto3

endpoint, region, sets, *names = sys.argv[1:]
session = boto3.Session("e2e", "e2e", region_name=region)
ec2, directories, workspaces = (
    session.client(service, endpoint_url=endpoint) for service in ("ec2", "ds", "workspaces")
)

subnets = ec2.describe_subnets()["Subnets"][:2]
directory = directories.create_directory(
    Name="desktops.example.com",
    Password="Nobody-logs-in-1",
    Size="Small",
    VpcSettings={"VpcId": subnets[0]["VpcId"], "SubnetIds": [subnet["SubnetId"] for subnet in subnets]},
)
workspaces.register_workspace_directory(DirectoryId=directory["DirectoryId"])
desktop = {"DirectoryId": directory["DirectoryId"], "UserName": "golden", "BundleId": "wsb-bh8rsxt14"}
pending = workspaces.create_workspaces(Workspaces=[desktop])["PendingRequests"][0]


def create(name):
    return workspaces.create_workspace_image(
        Name=name, Description=name, WorkspaceId=pending["WorkspaceId"]
    )["ImageId"]


print(json.dumps([{name: create(f"{name} {n}") for name in names} for n in range(int(sets))]))
