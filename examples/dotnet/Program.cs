using System.IO;
using Amazon.CDK;
using CdkWorkspaceImageShare;

var app = new App();
var images = NewStack("Images", "999988887777", "eu-west-1");

var share = new WorkspaceImageShare(images, "GoldenImage", new WorkspaceImageShareProps
{
    ImageId = "wsi-8t4x2k9p7",
    AccountIds = File.ReadAllLines("accounts.txt"),
});

Bundle(NewStack("Development", "222233334444", "eu-west-1"));
Bundle(NewStack("Production", "555566667777", "us-east-1"));

app.Synth();

void Bundle(Stack recipient)
{
    var copy = new WorkspaceImageCopy(recipient, "GoldenImage", new WorkspaceImageCopyProps
    {
        Source = WorkspaceImageSource.Share(share),
    });

    _ = new WorkspaceBundle(recipient, "Standard", new WorkspaceBundleProps
    {
        ImageId = copy.ImageId,
        ComputeType = "STANDARD",
        UserVolume = Size.Gibibytes(50),
    });
}

Stack NewStack(string id, string account, string region) => new(app, id, new StackProps
{
    Env = new Environment { Account = account, Region = region },
});
