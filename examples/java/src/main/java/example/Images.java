package example;

import io.github.cdkworkspaceimageshare.WorkspaceBundle;
import io.github.cdkworkspaceimageshare.WorkspaceImageCopy;
import io.github.cdkworkspaceimageshare.WorkspaceImageShare;
import io.github.cdkworkspaceimageshare.WorkspaceImageSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import software.amazon.awscdk.App;
import software.amazon.awscdk.Environment;
import software.amazon.awscdk.Size;
import software.amazon.awscdk.Stack;

public final class Images {
  public static void main(String[] arguments) throws IOException {
    App app = new App();
    Stack images = stack(app, "Images", "999988887777", "eu-west-1");

    WorkspaceImageShare share = WorkspaceImageShare.Builder.create(images, "GoldenImage")
        .imageId("wsi-8t4x2k9p7")
        .accountIds(Files.readAllLines(Path.of("accounts.txt")))
        .build();

    bundle(share, stack(app, "Development", "222233334444", "eu-west-1"));
    bundle(share, stack(app, "Production", "555566667777", "us-east-1"));

    app.synth();
  }

  private static void bundle(WorkspaceImageShare share, Stack recipient) {
    WorkspaceImageCopy copy = WorkspaceImageCopy.Builder.create(recipient, "GoldenImage")
        .source(WorkspaceImageSource.share(share))
        .build();

    WorkspaceBundle.Builder.create(recipient, "Standard")
        .imageId(copy.getImageId())
        .computeType("STANDARD")
        .userVolume(Size.gibibytes(50))
        .build();
  }

  private static Stack stack(App app, String id, String account, String region) {
    Environment environment = Environment.builder().account(account).region(region).build();
    return Stack.Builder.create(app, id).env(environment).build();
  }
}
